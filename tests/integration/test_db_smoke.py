import datetime as dt, uuid
import pandas as pd, pytest, sqlalchemy as sa
from analytics.types import *
from db import *
from db import scenarios,kpis,validations,post_mortems,creative,segments,targets,uplift,catalog,jobs,approvals,tool_calls,sales,source_files
from tests.conftest import *
D=dt.date
NOW=dt.datetime(2025,1,1,tzinfo=dt.UTC)
def sc(**k): return Scenario(**({'id':uuid.uuid4(),'label':'a','scenario_type':'balanced','date_range_start':D(2024,10,1),'date_range_end':D(2024,10,3),'mechanics':[Mechanic(department='TV',channel='online',discount_pct=20)]}|k))
def kp(s,**k): return ScenarioKpis(**({'id':uuid.uuid4(),'scenario_id':s.id,'period_start':D(2024,10,1),'period_end':D(2024,10,3),'total_sales_value':1.5,'total_margin_value':1,'total_margin_pct':1,'total_ebit':1,'total_units':1,'sales_value_delta':1,'margin_value_delta':1,'ebit_delta':1,'units_delta':1,'kpi_breakdown':{'a':[1,None,'é']}}|k))
def test_all(engine):
    s=sc()
    with engine.begin() as c:
        scenarios.save(c,s); scenarios.save(c,s); assert scenarios.get(c,s.id)==s
        assert scenarios.list_scenarios(c,D(2024,10,3),D(2024,10,3),'balanced')==[s]
        k=kp(s); kpis.save(c,k); k2=kp(s,total_sales_value=7); kpis.save(c,k2); assert kpis.latest_for(c,s.id)==k2; assert kpis.get(c,k.id)==k
        v=ValidationReport(id=uuid.uuid4(),scenario_id=s.id,status='PASS',issues=(),overall_score=9); validations.save(c,v); 
        v=ValidationReport(id=uuid.uuid4(),scenario_id=s.id,status='WARN',issues=(Issue(type='x',severity='low',message='m',suggested_fix='f'),),overall_score=9); validations.save(c,v); validations.save(c,v); assert validations.get_for(c,s.id)==v
        x=kpis.comparison(c,[s.id]); assert x[0].total_sales_value==7 and x[0].validation_status=='WARN'
        b=creative.CreativeBrief(id=uuid.uuid4(),scenario_id=s.id,brief={'a':1},assets=({'b':2},)); creative.save(c,b); creative.save(c,b); assert creative.latest_for(c,s.id)==b
        segs=[Segment(segment_id=i,name=i,share_of_customers=.25,share_of_revenue=.5,avg_basket_value=1.25,fav_categories=('TV','b')) for i in 'ab']; segments.save_many(c,segs); segments.save_many(c,segs); assert segments.list_segments(c)==segs
        t=[Target(month='2024-10',geo=g,sales_value_target=1,margin_pct_target=2) for g in ('IT','DE')]; targets.save_many(c,t); targets.save_many(c,t); assert targets.list_targets(c)==t[::-1]; assert targets.get(c,'2024-10','IT')==t[0]
        cs=[Campaign(id=uuid.uuid4(),promo_name='SCONTO 20%',date_start=D(2024,10,1),date_end=D(2024,10,2),departments=('TV','B'),channels=('online',),avg_discount_pct=20,mechanics=({'a':1},),source_file='f')]
        catalog.replace_campaigns(c,'f',cs); catalog.replace_campaigns(c,'f',cs); assert catalog.list_campaigns(c,D(2024,10,2),D(2024,10,2),'TV','online','conto 20%')==cs; assert catalog.list_campaigns(c,text='0_')==[]
        jobs.create(c,'j',2); jobs.start(c,'j',NOW); jobs.progress(c,'j',1,5,0); jobs.complete(c,'j',{'x':1},NOW); assert jobs.get(c,'j').completed_at==NOW; assert len(jobs.list_jobs(c,'completed'))==1
        a=approvals.request(c,kind='scenario',subject_id=str(s.id),content_sha256='x',proposal={},requested_by='p',at=NOW,thread_id='t'); assert approvals.request(c,kind='scenario',subject_id=str(s.id),content_sha256='x',proposal={'n':1},requested_by='q',at=NOW)==a
        assert approvals.pending(c,'t')==[a]; assert approvals.decide(c,a.id,'approved','me',None,NOW); assert not approvals.decide(c,a.id,'rejected','me',None,NOW); assert approvals.is_approved(c,'scenario',str(s.id),'x')
        tc=tool_calls.ToolCall(thread_id='t',call_id='1',agent='a',tool='t',mode='READ',arguments={},result=[1],error=None,called_at=NOW); assert tool_calls.record(c,tc); assert not tool_calls.record(c,tc); assert tool_calls.trail(c,'t')==[tc]
        ver=uplift.next_version(c,D(2025,1,1)); assert ver=='2025-01-01.1'
        co=[dict(department='TV',channel='online',discount_band='0-10',uplift_sales_pct=1.005,uplift_units_pct=1,margin_impact_pct=-1,confidence=.5,sample_size=3,extra=1)]
        for _ in range(2): uplift.save_model(c,ver,{'a':1},co,{'b':1},'v',D(2024,12,31))
        assert uplift.load_detail(c) is None; uplift.promote(c,ver,'me',NOW); assert uplift.load_detail(c)==(ver,{'a':1}); print(uplift.coefficients_of(c,ver), uplift.versions(c)); assert uplift.next_version(c,D(2025,1,1))=='2025-01-01.2'
        pm=post_mortems.PostMortemRow(id=uuid.uuid4(),scenario_id=s.id,period_start=D(2024,10,1),period_end=D(2024,10,1),forecast_kpi_id=k.id,actual_sales_value=1,actual_margin_value=1,actual_margin_pct=1,actual_ebit=1,actual_units=1,sales_value_error_pct=10000,margin_value_error_pct=None,ebit_error_pct=None,units_error_pct=None,insights=('a',))
        post_mortems.save(c,pm);post_mortems.save(c,pm); assert post_mortems.latest_for(c,s.id)==pm; assert post_mortems.list_post_mortems(c)==[pm]
def test_files(engine):
    def f(n,role,rel=None,ch='online'): return source_files.SourceFile(id=uuid.uuid5(uuid.NAMESPACE_DNS,n),sha256=n*64,file_name=n,role=role,channel=ch if role=='sales' else None,date_min=None,date_max=None,rows_read=1,rows_accepted=1,rows_rejected=0,sales_value=1,margin_value=1,units=1,merge_mode='union',relation=rel,job_id=None,report={},ingested_at=NOW)
    def days(*r): return pd.DataFrame(r,columns=['date','channel','department','sales_value','margin_value','units','discount_pct','lines']).astype({'date':'datetime64[ns]','discount_pct':float})
    d1='2024-10-01'
    with engine.begin() as c:
        source_files.add_file(c,f('a','sales'),days((d1,'online','TV',100,20,10,None,3),(d1,'online','G',50,5,5,None,3)))
        source_files.add_file(c,f('b','promo','subset'),days((d1,'online','TV',60,10,6,20,3),(d1,'online','G',50,5,5,10,3),(d1,'online','New',5,1,1,None,1)))
        source_files.add_file(c,f('c','promo','additional'),days((d1,'online','TV',30,10,6,50,3)))
        for i in range(2):
            source_files.rebuild_sales(c,'online',[D(2024,10,1)])
            print(sales.sales_rows(c), sales.data_version(c))
        assert source_files.covered_days(c,'online')=={D(2024,10,1)}
        source_files.drop_days(c,'online',[D(2024,10,1)]); source_files.rebuild_sales(c,'online',[D(2024,10,1)]); print(sales.sales_rows(c))
        source_files.add_file(c,f('a','sales'),days((d1,'online','TV',100,20,10,None,3)))
        source_files.rebuild_sales(c,'online',[D(2024,10,1)]); print(sales.sales_rows(c))
        print(source_files.known_files(c,['a'*64,'z']).keys())
